"""Access: who may see and write which records, and what of them is masked."""
