package dev.tollgate.http;

import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * Makes heads of HPACK. Fields beyond the bound are decoded, for the sake of those of the next
 * head, but not kept; what came before them is, since it has the path in it whose form the refusal
 * takes.
 */
final class StreamHeadDecoder extends DefaultHttp2HeadersDecoder {
  /**
   * So much of a head may still come, compressed, to be refused as too large; then it is enough.
   */
  private static final int COMPRESSED_PER_LISTED = 4;

  private StreamHead last = new StreamHead();

  /**
   * @param listBytesMax of names and values together, and 32 for each field
   */
  StreamHeadDecoder(int listBytesMax) {
    super(false, listBytesMax);
    try {
      maxHeaderListSize(listBytesMax, compressedBytesMax(listBytesMax));
    } catch (Http2Exception bound) {
      throw new IllegalArgumentException(bound);
    }
  }

  static long compressedBytesMax(long listBytesMax) {
    return listBytesMax * COMPRESSED_PER_LISTED;
  }

  /** The head that was decoded last, as far as it went. */
  StreamHead last() {
    return last;
  }

  @Override
  protected Http2Headers newHeaders() {
    last = new StreamHead();
    return last;
  }
}
