"""What API Gateway does when it calls an AWS service itself: wording the call, and the answer to the caller."""
