package dev.tollgate.dialect;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.metering.JsonPaths;
import dev.tollgate.metering.JsonPaths.Want;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the requests of one endpoint name what matters: all that a new wire format has to say of
 * them. Paths are written as in {@link JsonPaths}. Immutable.
 */
final class PromptShape {
  enum Role {
    BODY(false),
    MODEL(true),
    STREAM(true),
    USAGE_OPTIONS(true),
    USAGE_OPTION(true),
    USAGE_OPTIONS_MEMBER(false),
    OUTPUT_TOKENS_MAX(true),
    ANSWERS(true),
    SERVICE_TIER(true),
    SPEED(true),
    ONCE(true),
    REFUSED(true),
    MESSAGE(false),
    TEXT(false),
    JSON(false),
    PROMPT(false),
    TOKEN_ID(false),
    STORED(false),
    STORED_WORD(false),
    BINARY(false),
    IMAGE(false),
    IMAGE_URL(false),
    IMAGE_DETAIL(false),
    SOURCE(false),
    SOURCE_TYPE(false),
    SOURCE_DATA(false),
    TOOL(false),
    TOOL_TYPE(false),
    TOOL_USES_MAX(false),
    SEARCH_TOOL(false),
    QUERY(false),
    DOCUMENT(false),
    DOCUMENT_TEXT(false),
    REFERENCE(true),
    REFERENCES(false),
    BINARY_REFERENCE(false),
    FIELD(true);

    private final boolean isSingle;

    Role(boolean isSingle) {
      this.isSingle = isSingle;
    }

    /**
     * Whether it decides about money or edits. If such a key came twice, a provider might read
     * another one of the two than we do.
     */
    boolean isSingle() {
      return isSingle;
    }
  }

  /**
   * @param path names it in a refusal
   * @param tokens that come with it, beside what it says
   * @param kind of what a reference is to; null for all else
   */
  record Part(Role role, String path, int tokens, @Nullable ObjectKind kind) {}

  private final JsonPaths paths;
  private final List<Part> parts;
  private final boolean producesNothing;
  private final boolean isModelInPath;
  private final boolean isStreamed;
  private final boolean hasUsageOption;
  private final ImageRule imageRule;
  private final @Nullable String modelDefault;
  private final String storedWord;

  private PromptShape(Builder builder) {
    this.paths = builder.paths.build();
    this.parts = List.copyOf(builder.parts);
    this.producesNothing = builder.producesNothing;
    this.imageRule = builder.imageRule;
    this.isModelInPath = builder.isModelInPath;
    this.isStreamed = builder.isStreamed;
    this.modelDefault = builder.modelDefault;
    this.storedWord = builder.storedWord;
    this.hasUsageOption = parts.stream().anyMatch(part -> part.role() == Role.USAGE_OPTION);
  }

  static Builder builder() {
    return new Builder();
  }

  JsonPaths paths() {
    return paths;
  }

  Part part(int id) {
    return parts.get(id);
  }

  boolean producesNothing() {
    return producesNothing;
  }

  /** Whether the path names the model, in its place {@code {model}}. */
  boolean isModelInPath() {
    return isModelInPath;
  }

  /** Whether the path asks for a stream. */
  boolean isStreamed() {
    return isStreamed;
  }

  /** The model of a request that names none; null where one must be named. */
  @Nullable String modelDefault() {
    return modelDefault;
  }

  boolean isStoredWord(String word) {
    return word.equals(storedWord);
  }

  /** Whether a stream reports its usage only when asked to. */
  boolean hasUsageOption() {
    return hasUsageOption;
  }

  /** How many tokens images take whose size is known. */
  ImageRule imageRule() {
    return imageRule;
  }

  /** Collects the places. */
  static final class Builder {
    private final JsonPaths.Builder paths = JsonPaths.builder().guarded();
    private final List<Part> parts = new ArrayList<>();
    private boolean producesNothing;
    private ImageRule imageRule = ImageRule.NONE;
    private boolean isModelInPath;
    private boolean isStreamed;
    private @Nullable String modelDefault;
    private String storedWord = "";

    private Builder() {
      want("", Want.PLACE, Role.BODY);
    }

    Builder model(String path) {
      return want(path, Want.STRING, Role.MODEL);
    }

    Builder modelInPath() {
      isModelInPath = true;
      return this;
    }

    /** A stream whatever the body says. */
    Builder streamed() {
      isStreamed = true;
      return this;
    }

    /** Requests need not name a model. */
    Builder modelDefault(String model) {
      modelDefault = model;
      return this;
    }

    Builder stream(String path) {
      return want(path, Want.PLACE, Role.STREAM);
    }

    /** The object with the boolean that asks a stream for its usage. */
    Builder usageOption(String options, String name) {
      return want(options, Want.PLACE, Role.USAGE_OPTIONS)
          .want(options + "." + name, Want.PLACE, Role.USAGE_OPTION)
          .want(options + ".**", Want.PLACE, Role.USAGE_OPTIONS_MEMBER);
    }

    /**
     * A cap of one answer; of several the largest counts, since a provider may know only that one.
     */
    Builder outputTokensMax(String path) {
      return want(path, Want.PLACE, Role.OUTPUT_TOKENS_MAX);
    }

    /**
     * @param spellings of one and the same cap, of which a request may have one
     */
    Builder outputTokensMax(List<String> spellings) {
      return want(spellings, Want.PLACE, Role.OUTPUT_TOKENS_MAX);
    }

    Builder producesNothing() {
      producesNothing = true;
      return this;
    }

    /** How many answers; of several the largest counts. */
    Builder answers(String path) {
      return want(path, Want.PLACE, Role.ANSWERS);
    }

    /**
     * @param spellings as for a cap
     */
    Builder answers(List<String> spellings) {
      return want(spellings, Want.PLACE, Role.ANSWERS);
    }

    Builder serviceTier(String path) {
      return want(path, Want.STRING, Role.SERVICE_TIER);
    }

    /**
     * @param spellings as for a cap
     */
    Builder serviceTier(List<String> spellings) {
      return want(spellings, Want.STRING, Role.SERVICE_TIER);
    }

    /** A speed that is sold as a tier of its own. */
    Builder speed(String path) {
      return want(path, Want.STRING, Role.SPEED);
    }

    /** What decides about money somewhere inside it, and so may come in one spelling, once. */
    Builder once(List<String> spellings) {
      return want(spellings, Want.PLACE, Role.ONCE);
    }

    /** What cannot be sold here. */
    Builder refused(List<String> spellings) {
      return want(spellings, Want.PLACE, Role.REFUSED);
    }

    /** Tools, of which some may search the web, as their type says, so often at most. */
    Builder tools(String path) {
      return tools(path, 0);
    }

    /**
     * The same.
     *
     * @param tokens that the provider adds where there are tools: its own words around them
     */
    Builder tools(String path, int tokens) {
      return values(path, tokens)
          .want(path + "[*]", Want.PLACE, Role.TOOL)
          .want(path + "[*].type", Want.STRING, Role.TOOL_TYPE)
          .want(path + "[*].max_uses", Want.PLACE, Role.TOOL_USES_MAX);
    }

    /** What lets the model search the web by being there. */
    Builder searchTool(String path) {
      return want(path, Want.PLACE, Role.SEARCH_TOOL);
    }

    /** A query, and the documents that are ranked by it. */
    Builder ranking(String query, String documents) {
      return want(query, Want.TEXT, Role.QUERY)
          .want(query + ".**", Want.TEXT, Role.QUERY)
          .want(documents + "[*]", Want.TEXT, Role.DOCUMENT)
          .want(documents + "[*].**", Want.TEXT, Role.DOCUMENT_TEXT);
    }

    Builder message(String path) {
      return want(path, Want.PLACE, Role.MESSAGE);
    }

    /** Every string here or below is text of the prompt, unless its path is given another role. */
    Builder text(String path) {
      return want(path, Want.TEXT, Role.TEXT).want(path + ".**", Want.TEXT, Role.TEXT);
    }

    /** As {@link #text}, and keys, numbers, bare words and syntax too: schemas. */
    Builder values(String path) {
      return values(path, 0);
    }

    /**
     * The same.
     *
     * @param tokens that the provider adds where there is such a value: its own words around it
     */
    Builder values(String path, int tokens) {
      paths.want(path, add(new Part(Role.JSON, path, tokens, null)), Want.TEXT);
      paths.wantKeysToo(path, add(new Part(Role.JSON, path, 0, null)));
      return this;
    }

    /** Text, or a number that stands for a token. */
    Builder tokenIds(String path) {
      return want(path, Want.TEXT, Role.TOKEN_ID);
    }

    /** Each of several prompts, to be answered by itself: text, or a list of token ids. */
    Builder prompts(String path) {
      return want(path, Want.TEXT, Role.PROMPT);
    }

    /** Names what the provider has stored, and will put into the prompt. */
    Builder stored(String path) {
      return want(path, Want.PLACE, Role.STORED);
    }

    /** The same by a word, such as a type, instead of a name. */
    Builder storedWhere(String path, String word) {
      storedWord = word;
      return want(path, Want.STRING, Role.STORED_WORD);
    }

    /** An exception from text. */
    Builder ignored(String path) {
      return want(path, Want.NOTHING, Role.TEXT);
    }

    /** A part that is no text, such as an image, with all that is in it. */
    Builder binary(String path) {
      want(path, Want.PLACE, Role.BINARY);
      return ignored(path + ".**");
    }

    /** By what rule images are counted whose size is known. */
    Builder images(ImageRule rule) {
      imageRule = rule;
      return this;
    }

    /** A part of a message that is an image if it has an {@link #imageUrl}, else text. */
    Builder image(String path) {
      return want(path, Want.TEXT, Role.IMAGE);
    }

    /** Where an image comes from: a string, or an object with one. */
    Builder imageUrl(String path) {
      return want(path, Want.TEXT, Role.IMAGE_URL);
    }

    /** How closely it will be looked at. */
    Builder imageDetail(String path) {
      return want(path, Want.STRING, Role.IMAGE_DETAIL);
    }

    /** An object that is text or binary by its {@code type}. */
    Builder source(String path) {
      return want(path, Want.PLACE, Role.SOURCE)
          .want(path + ".type", Want.STRING, Role.SOURCE_TYPE)
          .want(path + ".data", Want.TEXT, Role.SOURCE_DATA)
          .ignored(path + ".media_type")
          .ignored(path + ".url");
    }

    /** The id of something that the provider keeps: it must be the caller's own. */
    Builder reference(String path, ObjectKind kind) {
      boolean isOne = !path.contains("[*]");
      paths.want(path, add(isOne ? Role.REFERENCE : Role.REFERENCES, path, kind), Want.STRING);
      return this;
    }

    /** The same to a file that is a part of the prompt by itself. */
    Builder binaryReference(String path) {
      paths.want(path, add(Role.BINARY_REFERENCE, path, ObjectKind.FILE), Want.STRING);
      return this;
    }

    /** A field that decides what comes of the request. */
    Builder field(String path) {
      return want(path, Want.STRING, Role.FIELD);
    }

    PromptShape build() {
      return new PromptShape(this);
    }

    private Builder want(List<String> spellings, Want want, Role role) {
      int id = add(role, spellings.getFirst());
      spellings.forEach(path -> paths.want(path, id, want));
      return this;
    }

    private Builder want(String path, Want want, Role role) {
      paths.want(path, add(role, path), want);
      return this;
    }

    private int add(Role role, String path) {
      return add(role, path, null);
    }

    private int add(Role role, String path, @Nullable ObjectKind kind) {
      return add(new Part(role, path, 0, kind));
    }

    private int add(Part part) {
      parts.add(part);
      return parts.size() - 1;
    }
  }
}
