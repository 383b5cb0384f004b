package dev.tollgate.pricemap;

import java.io.InputStream;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a price map entry by entry, so that no more than one of them is in memory. */
final class PriceMapReader {
  private static final long FILE_BYTES_MAX = 64L * 1024 * 1024;
  private static final int ENTRIES_MAX = 100_000;
  private static final int NESTING_MAX = 32;
  private static final int STRING_CHARACTERS_MAX = 1 << 20;
  private static final int NAME_CHARACTERS_MAX = 1024;
  private static final int NUMBER_CHARACTERS_MAX = 100;

  /** Decimals are exact, and a key that is given twice is a fault: nobody could say which holds. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxDocumentLength(FILE_BYTES_MAX)
                          .maxNestingDepth(NESTING_MAX)
                          .maxStringLength(STRING_CHARACTERS_MAX)
                          .maxNameLength(NAME_CHARACTERS_MAX)
                          .maxNumberLength(NUMBER_CHARACTERS_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /**
   * One entry of the map.
   *
   * @param line of its name, from 1
   */
  record Entry(String name, int line, JsonNode value) {}

  private PriceMapReader() {}

  /**
   * @param file as it is named in faults
   * @throws PriceMapFault where the text is no JSON, or no object, or breaks a bound
   * @throws JacksonIOException where it cannot be read at all
   */
  static void read(InputStream input, String file, Consumer<Entry> entries) throws PriceMapFault {
    try (JsonParser json = MAPPER.createParser(input)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw fault(file, json.currentTokenLocation(), "expected an object of models");
      }
      for (int count = 0; json.nextToken() != JsonToken.END_OBJECT; count++) {
        TokenStreamLocation place = json.currentTokenLocation();
        if (count == ENTRIES_MAX) {
          throw fault(file, place, "has more than " + ENTRIES_MAX + " entries");
        }
        String name = json.currentName();
        json.nextToken();
        JsonNode value = json.readValueAsTree();
        entries.accept(new Entry(name, place.getLineNr(), value));
      }
      if (json.nextToken() != null) {
        throw fault(file, json.currentTokenLocation(), "expected nothing behind the object");
      }
    } catch (JacksonIOException unreadable) {
      throw unreadable;
    } catch (JacksonException notJson) {
      throw fault(file, notJson.getLocation(), "is not JSON: " + notJson.getOriginalMessage());
    }
  }

  private static PriceMapFault fault(String file, TokenStreamLocation place, String what) {
    return place == null
        ? new PriceMapFault(file, 0, 0, what)
        : new PriceMapFault(file, place.getLineNr(), place.getColumnNr(), what);
  }
}
