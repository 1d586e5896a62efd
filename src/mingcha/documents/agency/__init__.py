"""An agency's own layout of a document (本机关文书格式) as .docx, beside the PDF that stays the original."""
