"""What tests share: engines, databases, people."""
