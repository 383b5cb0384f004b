package dev.tollgate.http;

import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON for doors: small documents, bounded, with exact decimals. The hot path has scanners of its
 * own and does not come here.
 */
public final class Json {
  private static final int NESTING_MAX = 64;
  private static final int STRING_CHARACTERS_MAX = 1 << 20;
  private static final int NUMBER_CHARACTERS_MAX = 100;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(NESTING_MAX)
                          .maxStringLength(STRING_CHARACTERS_MAX)
                          .maxNumberLength(NUMBER_CHARACTERS_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private Json() {}

  /** An answer of maps, lists, strings, numbers and nulls; keys in the order of the map. */
  public static Reply reply(int status, Map<String, ?> document) {
    return Reply.of(status, "application/json", MAPPER.writeValueAsBytes(document));
  }

  /**
   * @throws IllegalArgumentException with a sentence for the caller, when it is not JSON
   */
  public static JsonNode parse(byte[] document) {
    try {
      return MAPPER.readTree(document);
    } catch (JacksonException notJson) {
      throw new IllegalArgumentException(
          "The request body is not JSON: " + notJson.getOriginalMessage(), notJson);
    }
  }

  /** The same bounds and the same exactness, for a library that wants a mapper of Jackson's. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** Compact JSON text of the document. */
  public static String write(Object document) {
    return MAPPER.writeValueAsString(document);
  }
}
