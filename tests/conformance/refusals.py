"""How a test with boto3 says that a call is refused."""

from botocore.exceptions import ClientError


def refused(call, code, /, *, status=None, **arguments):
    """Calls, wants the error with this code (and status) back, and gives its message."""
    try:
        call(**arguments)
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        assert error.response["Error"]["Code"] == code, (call, error)
        assert status in (None, metadata["HTTPStatusCode"]), (call, error.response)
        assert metadata["RequestId"], (call, error.response)
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call} was not refused")
