"""Pictures: colours, drawings of architectures, and plots of runs."""
