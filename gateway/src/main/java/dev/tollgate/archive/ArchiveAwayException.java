package dev.tollgate.archive;

/**
 * The archive's database takes nothing, whatever it is given: it is away, full, too slow, locked or
 * read-only. No event is to blame for that.
 */
public final class ArchiveAwayException extends ArchiveException {
  private static final long serialVersionUID = 1;

  public ArchiveAwayException(String message, Throwable cause) {
    super(message, cause);
  }
}
