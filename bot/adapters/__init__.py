"""One folder a platform. Nobody lists them: an adapter is loaded by its folder's name (see `base.load`)."""
