"""Files that come and go with graphs: uploads read under limits, zips taken apart and packed, attachments kept."""
