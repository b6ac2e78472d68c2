"""Room flows: what people do, one file an act, one public coroutine a file; no act knows another."""
