"""What ``ResultHook`` reports of a run, each part in a module of its own."""
