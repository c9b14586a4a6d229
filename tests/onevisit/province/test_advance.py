import errno

import pytest

from onevisit.province.advance import is_want_of_memory


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory", "onevisit/visits")])
def test_too_little_memory_is_known_whoever_says_so(error):
    assert is_want_of_memory(error)


@pytest.mark.parametrize("error", [None, ValueError(), OSError(errno.ENOSPC, "No space left on device")])
def test_other_errors_are_not_taken_for_it(error):
    assert not is_want_of_memory(error)
