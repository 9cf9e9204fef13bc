"""The chat beside the tabs: ``drawer``; ``replies``: how an answer is shown; ``chat_models``: the LLMs behind it."""
