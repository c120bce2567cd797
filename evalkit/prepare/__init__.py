"""What becomes of an item before it is embedded: captions, pages, chunks, segments, parts."""
