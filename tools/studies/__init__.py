"""What the studies in docs/ share: runs that are kept, and tables written into a page; none decides what is studied."""
