"""The approver's page in a real browser, before a desk and a sign-in page that live in these tests."""
