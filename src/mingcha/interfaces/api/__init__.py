"""REST interface (接口): the same actions as the workbench, for programs. Bearer tokens, problem details, no session."""
