"""What the public pages say before or without their script: HTML for readers and crawlers, and the site's map."""
