package dev.tollgate.metering;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The places in a JSON document that somebody wants to hear of, as a tree of keys: the scanner
 * walks it beside the document, and what leaves the tree is only skipped. A path is written {@code
 * choices[*].delta.content}; {@code tools.**} means everything below, and the empty path the whole
 * document. Several paths may share an id. Immutable; shared by all threads.
 */
public final class JsonPaths {
  static final int NO_ID = -1;

  private final Node root;

  private JsonPaths(Node root) {
    this.root = root;
  }

  Node root() {
    return root;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** In which form a value is handed on, beside its begin and end. */
  public enum Want {
    /** Only where it is, and its value if it is a number. */
    PLACE,
    /** As {@link #PLACE}, and where its member of an object gives way to the next one. */
    MEMBER,
    /** A string's decoded bytes, in pieces, unbounded. */
    TEXT,
    /** A string as one, bounded. */
    STRING,
    /** Nothing: an exception from a path that ends in {@code **}. */
    NOTHING
  }

  /** Collects paths. */
  public static final class Builder {
    private final Draft root = new Draft();
    private boolean isGuarded;

    /**
     * @param path a path may be given once
     * @param id what the listener will be told; not negative
     */
    public Builder want(String path, int id, Want want) {
      Draft draft = root.at(path);
      if (draft.want != null) {
        throw new IllegalArgumentException("wanted twice: " + path);
      }
      draft.id = want == Want.NOTHING ? NO_ID : id;
      draft.want = want;
      return this;
    }

    /** As {@code TEXT} of all below the path, with its keys, numbers and bare words. */
    public Builder wantKeysToo(String path, int id) {
      want(path + ".**", id, Want.TEXT);
      root.at(path + ".**").keysAreText = true;
      return this;
    }

    /**
     * Makes the root's keys jealous: a key that differs from a wanted one in case alone is reported
     * as a lookalike, since some parsers would read it as that one.
     */
    public Builder guarded() {
      isGuarded = true;
      return this;
    }

    public JsonPaths build() {
      Node node = root.build(Node.NOTHING);
      node.isGuarded = isGuarded;
      return new JsonPaths(node);
    }
  }

  /** A node while the tree is being written. */
  private static final class Draft {
    private static final String ELEMENT = "[*]";
    private static final String BELOW = "**";

    private final Map<String, Draft> children = new LinkedHashMap<>();
    private @Nullable Want want;
    private int id = NO_ID;
    private boolean keysAreText;

    private Draft at(String path) {
      Draft draft = this;
      for (String segment : path.replace(ELEMENT, "." + ELEMENT).split("\\.", -1)) {
        if (!segment.isEmpty()) {
          draft = draft.children.computeIfAbsent(segment, key -> new Draft());
        }
      }
      return draft;
    }

    /**
     * @param below what a {@code **} further up makes of everything that has no path of its own
     */
    private Node build(Node below) {
      Draft everything = children.get(BELOW);
      Node inherited = want == Want.NOTHING ? Node.NOTHING : below;
      if (everything != null) {
        inherited = everything.newNode();
        inherited.anyKey = inherited;
        inherited.element = inherited;
        inherited.keyTextId = everything.keysAreText ? everything.id : NO_ID;
      }
      Node node = want == null && below.id != NO_ID ? below.copy() : newNode();
      node.anyKey = inherited;
      node.keyTextId = inherited.keyTextId;
      Draft element = children.get(ELEMENT);
      node.element = element == null ? inherited : element.build(inherited);
      var keyed = children.entrySet().stream().filter(child -> isKey(child.getKey())).toList();
      node.keys = new byte[keyed.size()][];
      node.children = new Node[keyed.size()];
      for (int i = 0; i < keyed.size(); i++) {
        node.keys[i] = keyed.get(i).getKey().getBytes(StandardCharsets.UTF_8);
        node.children[i] = keyed.get(i).getValue().build(inherited);
      }
      return node;
    }

    private static boolean isKey(String segment) {
      return !segment.equals(ELEMENT) && !segment.equals(BELOW);
    }

    private Node newNode() {
      Node node = new Node();
      node.id = id;
      node.want = want == null ? Want.NOTHING : want;
      node.isBareWordText = keysAreText;
      return node;
    }
  }

  /** A place in the tree; written once by its builder. */
  static final class Node {
    /** Off the tree: whatever is below is off it too. */
    static final Node NOTHING = new Node();

    static {
      NOTHING.anyKey = NOTHING;
      NOTHING.element = NOTHING;
    }

    int id = NO_ID;
    Want want = Want.NOTHING;
    byte[][] keys = {};
    Node[] children = {};

    /** With which id the keys of an object here are text, but for those that lead elsewhere. */
    int keyTextId = NO_ID;

    boolean isBareWordText;
    boolean isGuarded;

    // set by whoever makes a node, before anybody reads it
    @SuppressWarnings("NullAway.Init")
    Node anyKey;

    @SuppressWarnings("NullAway.Init")
    Node element;

    /** Whether all keys lead to the same place, so that none need be looked at. */
    boolean isBlind() {
      return keys.length == 0;
    }

    Node child(byte[] bytes, int from, int to) {
      for (int i = 0; i < keys.length; i++) {
        byte[] key = keys[i];
        if (key.length == to - from && Arrays.equals(key, 0, key.length, bytes, from, to)) {
          return children[i];
        }
      }
      return anyKey;
    }

    /** Whether the key is a wanted one to a parser that does not mind case. */
    boolean isLookalike(String key) {
      for (byte[] wanted : keys) {
        // equalsIgnoreCase also folds the Kelvin sign and the long s, as some parsers do
        String name = new String(wanted, StandardCharsets.UTF_8);
        if (name.equalsIgnoreCase(key) && !name.equals(key)) {
          return true;
        }
      }
      return false;
    }

    private Node copy() {
      Node node = new Node();
      node.id = id;
      node.want = want;
      node.isBareWordText = isBareWordText;
      return node;
    }
  }
}
