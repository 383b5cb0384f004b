package dev.tollgate.media;

/**
 * How large the parts of a form may be, but for their content.
 *
 * @param partsMax how many
 * @param headBytesMax of each one's head
 */
public record FormBounds(int partsMax, int headBytesMax) {
  public static final FormBounds DEFAULT = new FormBounds(256, 4096);
}
