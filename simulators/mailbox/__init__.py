"""A mail server that keeps what it gets: SMTP on one port, a web inbox and control calls on another."""
