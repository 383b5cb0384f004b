package dev.tollgate.dialect;

/**
 * A query and the documents that are ranked by it, while they are read: how much text a model reads
 * for it, and how many search units that may come to.
 *
 * <p>A search unit is one query with up to 100 documents; a document that is longer than 500 tokens
 * together with the query counts as several, of which each has the query in it (Cohere's pricing).
 * The query may come after the documents, so their pieces are counted for several lengths of it.
 * Not for use by two threads.
 */
final class Ranking {
  private static final int DOCUMENTS_PER_UNIT = 100;
  private static final int TOKENS_PER_PIECE = 500;

  /** A longer query is cut to half of what a piece can hold. */
  private static final int QUERY_TOKENS_MAX = 250;

  private static final int QUERY_TOKENS_STEP = 50;

  /** As text is weighed elsewhere for a quote. */
  private static final int BYTES_PER_TOKEN = 3;

  private final long[] pieces = new long[QUERY_TOKENS_MAX / QUERY_TOKENS_STEP + 1];
  private long queryBytes;
  private long documents;
  private long documentsBytes;
  private long documentBytes;

  void query(int bytes) {
    queryBytes += bytes;
  }

  void beginDocument() {
    documentBytes = 0;
  }

  void document(int bytes) {
    documentBytes += bytes;
  }

  void endDocument() {
    documents++;
    documentsBytes += documentBytes;
    long tokens = Math.ceilDiv(documentBytes, (long) BYTES_PER_TOKEN);
    for (int i = 0; i < pieces.length; i++) {
      long room = TOKENS_PER_PIECE - (long) i * QUERY_TOKENS_STEP;
      pieces[i] += Math.max(1, Math.ceilDiv(tokens, room));
    }
  }

  int documents() {
    return (int) Math.min(documents, Integer.MAX_VALUE);
  }

  /** The query is read anew with each document. */
  long textBytes() {
    return queryBytes * Math.max(1, documents) + documentsBytes;
  }

  /** At most; 0 where there is nothing to rank. */
  long searchUnits() {
    if (documents == 0) {
      return 0;
    }
    long tokens = Math.min(QUERY_TOKENS_MAX, Math.ceilDiv(queryBytes, (long) BYTES_PER_TOKEN));
    int step = (int) Math.ceilDiv(tokens, (long) QUERY_TOKENS_STEP);
    return Math.ceilDiv(pieces[step], (long) DOCUMENTS_PER_UNIT);
  }
}
