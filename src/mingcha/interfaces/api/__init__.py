"""REST interface (接口): the workbench's actions for programs. Bearer tokens, no session."""
