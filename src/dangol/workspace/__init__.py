"""The only place where declarations meet data: discover, check, plan, run, snapshot, ask."""
