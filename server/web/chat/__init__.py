"""The chat beside the tabs: ``drawer``; ``replies``: how an answer is shown; ``minds``: the LLMs behind it."""
