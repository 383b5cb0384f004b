package dev.tollgate.http2;

import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;

/** Netty's HPACK, with a table whose size no peer can raise: it is memory of ours that it fills. */
public final class FieldEncoder extends DefaultHttp2HeadersEncoder {
  /** RFC 7541's own default. */
  private static final int TABLE_BYTES = 4096;

  /**
   * @param sensitive which fields are kept out of the table
   */
  public FieldEncoder(SensitivityDetector sensitive) {
    super(sensitive);
  }

  @Override
  public void maxHeaderTableSize(long max) throws Http2Exception {
    super.maxHeaderTableSize(Math.min(max, TABLE_BYTES));
  }
}
