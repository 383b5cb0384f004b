package dev.tollgate.pricemap;

/** A file that is no price map; the message says where and why. */
public final class PriceMapFault extends Exception {
  private static final long serialVersionUID = 1L;

  PriceMapFault(String file, int line, int column, String what) {
    super(line < 1 ? file + ": " + what : file + ":" + line + ":" + column + ": " + what);
  }
}
