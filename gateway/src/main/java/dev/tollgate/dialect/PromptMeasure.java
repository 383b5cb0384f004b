package dev.tollgate.dialect;

import dev.tollgate.dialect.PromptShape.Part;
import dev.tollgate.dialect.PromptShape.Role;
import dev.tollgate.metering.JsonType;
import dev.tollgate.metering.TextWeigher;
import org.jspecify.annotations.Nullable;

/**
 * How much there is in a prompt, while it is read: its text is weighed, its images are measured,
 * the rest is counted. Not for use by two threads.
 */
final class PromptMeasure {
  /** Quotes, colon and comma of a value in JSON, and the quotes of its key: about two tokens. */
  private static final int SYNTAX_PLAIN_BYTES = 5;

  private final ImageRule imageRule;
  private final TextWeigher text = new TextWeigher();
  private @Nullable PromptSource source;
  private @Nullable PromptImage image;
  private int messages;
  private int binaries;
  private long imageTokens;
  private long countedTokens;

  PromptMeasure(ImageRule imageRule) {
    this.imageRule = imageRule;
  }

  /** A value begins that has a role here; others are not looked at. */
  void begin(Part part, JsonType type) {
    switch (part.role()) {
      case MESSAGE -> messages++;
      case TEXT, PROMPT, TOKEN_ID -> text.begin();
      case JSON -> {
        text.begin();
        text.addPlainBytes(SYNTAX_PLAIN_BYTES);
        countedTokens += part.tokens();
      }
      case BINARY, BINARY_REFERENCE -> binaries++;
      case IMAGE -> {
        text.begin();
        if (image != null) {
          image.begin();
        }
      }
      case IMAGE_URL -> beginImage(type);
      case SOURCE -> source().begin();
      case SOURCE_DATA -> source().beginData();
      default -> {}
    }
  }

  void number(Part part) {
    if (part.role() == Role.TOKEN_ID || part.role() == Role.PROMPT) {
      countedTokens++;
    }
  }

  void text(Part part, byte[] bytes, int from, int to) {
    switch (part.role()) {
      case IMAGE_URL -> image().add(bytes, from, to);
      case SOURCE_DATA -> source().data(bytes, from, to);
      default -> text.add(bytes, from, to);
    }
  }

  void string(Part part, String value) {
    switch (part.role()) {
      case IMAGE_DETAIL -> image().detail(value);
      case SOURCE_TYPE -> source().type(value);
      default -> {}
    }
  }

  void end(Part part) {
    switch (part.role()) {
      case TEXT, JSON, PROMPT, TOKEN_ID -> text.begin();
      case IMAGE -> {
        text.begin();
        if (image != null && image.isThere()) {
          addBinary(image.tokens(imageRule));
          image.begin();
        }
      }
      case SOURCE -> {
        source().addTextTo(text);
        if (source().isBinary()) {
          addBinary(source().imageTokens(imageRule));
        }
      }
      default -> {}
    }
  }

  /** A URL may stand in an object of its own. */
  private void beginImage(JsonType type) {
    if (type == JsonType.STRING) {
      image().beginUrl();
    } else if (type == JsonType.OBJECT) {
      image().beginAny();
    }
  }

  private void addBinary(long tokens) {
    if (tokens == ImageRule.UNKNOWN) {
      binaries++;
    } else {
      imageTokens += tokens;
    }
  }

  long plainTextBytes() {
    return text.plainBytes();
  }

  int messages() {
    return messages;
  }

  /** Of those parts that are no text, how many are of no known size. */
  int binaries() {
    return binaries;
  }

  long imageTokens() {
    return imageTokens;
  }

  long countedTokens() {
    return countedTokens;
  }

  private PromptSource source() {
    if (source == null) {
      source = new PromptSource();
    }
    return source;
  }

  private PromptImage image() {
    if (image == null) {
      image = new PromptImage();
    }
    return image;
  }
}
