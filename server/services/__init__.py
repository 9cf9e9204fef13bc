"""What the MCP server, the pages and reports share: runs, who may see them, searches that are started."""
