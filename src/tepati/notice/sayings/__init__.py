"""Room notice: the default sentence of each kind of promise, made from its declaration. One function a kind."""
