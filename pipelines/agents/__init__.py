"""One file a topic or a product; agents meet only through topics, and only through ports does one touch the world."""
