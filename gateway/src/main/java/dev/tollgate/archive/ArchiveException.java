package dev.tollgate.archive;

/** The archive's database did not do what it was asked: away, full, slow, or of another version. */
public class ArchiveException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ArchiveException(String message, Throwable cause) {
    super(message, cause);
  }

  public ArchiveException(String message) {
    super(message);
  }
}
