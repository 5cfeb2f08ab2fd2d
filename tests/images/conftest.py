"""The real weights, as the tests of models have them."""

from tests.models.conftest import weights

__all__ = ["weights"]
