"""SVG that is small, the same each time, and safe inside a page."""
