"""导入: a file on its way in, from the upload to taking it back."""
