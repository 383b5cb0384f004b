package dev.tollgate.kept;

import dev.tollgate.dialect.BatchLines;
import dev.tollgate.dialect.Upload;
import dev.tollgate.ledger.KeptObject;
import java.util.HashMap;
import java.util.Map;

/**
 * What the ledger remembers of a file: what it takes to quote the batch or the training that it may
 * become the input of.
 *
 * @param bytes of its content
 */
record FileFacts(long bytes, BatchLines batch) {
  private static final int WORD_CHARACTERS_MAX = 256;

  static Map<String, String> of(Upload upload) {
    BatchLines batch = upload.batch();
    Map<String, String> facts = new HashMap<>();
    facts.put("bytes", Long.toString(upload.bytes()));
    if (!batch.fault().isEmpty()) {
      facts.put("fault", batch.fault());
      return facts;
    }
    facts.put("lines", Long.toString(batch.lines()));
    facts.put("url", word(batch.url()));
    facts.put("model", word(batch.model()));
    facts.put("capped_tokens", Long.toString(batch.cappedTokens()));
    facts.put("uncapped_answers", Long.toString(batch.uncappedAnswers()));
    facts.put("token_ids", Long.toString(batch.tokenIds()));
    facts.put("images", Long.toString(batch.images()));
    facts.put("line_bytes_max", Long.toString(batch.lineBytesMax()));
    return facts;
  }

  static FileFacts of(KeptObject file) {
    return new FileFacts(
        number(file, "bytes"),
        new BatchLines(
            number(file, "lines"),
            file.fact("lines").isEmpty() && file.fact("fault").isEmpty()
                ? "Nobody here has seen what is in the file."
                : file.fact("fault"),
            file.fact("url"),
            file.fact("model"),
            number(file, "capped_tokens"),
            number(file, "uncapped_answers"),
            number(file, "token_ids"),
            number(file, "images"),
            number(file, "line_bytes_max")));
  }

  private static long number(KeptObject file, String name) {
    String text = file.fact(name);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  /** One line, and not endless. */
  private static String word(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", " ");
    return plain.length() > WORD_CHARACTERS_MAX ? plain.substring(0, WORD_CHARACTERS_MAX) : plain;
  }
}
