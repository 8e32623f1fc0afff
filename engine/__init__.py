"""Running a frozen graph: plan, scheduler, run log, node types and the worker that writes results back."""
