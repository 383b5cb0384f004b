package dev.tollgate.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Builds the tree of one YAML file, with the place of every key and value. Numbers stay the text
 * that they are. Anchors and aliases work, merge keys do not; what aliases repeat counts towards
 * the bound on nodes. For one file, one use.
 */
final class YamlReader {
  private final String file;
  private final ConfigBounds bounds;
  private final Variables variables;
  private final Findings findings;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int nodes;

  YamlReader(String file, ConfigBounds bounds, Variables variables, Findings findings) {
    this.file = file;
    this.bounds = bounds;
    this.variables = variables;
    this.findings = findings;
  }

  /** A value that an alias may repeat, and how many nodes it is. */
  private record Anchored(Node node, int nodes) {}

  /** Ends the reading; its fault has been reported. */
  @SuppressWarnings("serial") // never leaves this class
  private static final class Broken extends Exception {
    private Broken() {
      super(null, null, false, false);
    }
  }

  /** The tree; null when the text is no YAML or breaks a bound. */
  @Nullable Node read(String text) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(file).setCodePointLimit(bounds.fileBytesMax()).build();
    YAMLFactory factory =
        YAMLFactory.builder()
            .loadSettings(settings)
            .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION) // mapping() says it better
            .build();
    try (YAMLParser yaml = (YAMLParser) factory.createParser(ObjectReadContext.empty(), text)) {
      if (yaml.nextToken() == null) {
        return new Node.Mapping(Place.wholeFile(file), List.of());
      }
      Node root = value(yaml, "", 1);
      if (yaml.nextToken() != null) {
        throw broken(place(yaml), "", "expected one document, here begins another");
      }
      return root;
    } catch (JacksonException notYaml) {
      syntaxFault(notYaml);
    } catch (Broken reported) {
      return null;
    }
    return null;
  }

  private Node value(YAMLParser yaml, String key, int depth) throws Broken {
    Place place = place(yaml);
    if (depth > bounds.depthMax()) {
      throw broken(place, key, "nests deeper than " + bounds.depthMax() + " levels");
    }
    if (yaml.isCurrentAlias()) {
      return aliased(yaml.getString(), place, key);
    }
    String anchor = yaml.getObjectId();
    int before = nodes;
    count(1, place, key);
    JsonToken token = yaml.currentToken();
    Node node =
        token == JsonToken.START_OBJECT
            ? mapping(yaml, place, key, depth)
            : token == JsonToken.START_ARRAY
                ? sequence(yaml, place, key, depth)
                : scalar(yaml, token, place, key);
    if (anchor != null) {
      anchors.put(anchor, new Anchored(node, nodes - before));
    }
    return node;
  }

  private Node aliased(String name, Place place, String key) throws Broken {
    Anchored anchored = anchors.get(name);
    if (anchored == null) {
      throw broken(place, key, "there is no anchor &" + name + " before this");
    }
    count(anchored.nodes(), place, key);
    return anchored.node();
  }

  private Node mapping(YAMLParser yaml, Place place, String key, int depth) throws Broken {
    Map<String, Node.Entry> entries = new HashMap<>();
    List<Node.Entry> inOrder = new ArrayList<>();
    while (yaml.nextToken() != JsonToken.END_OBJECT) {
      Place keyPlace = place(yaml);
      String name = yaml.getString();
      String path = key.isEmpty() ? name : key + "." + name;
      yaml.nextToken();
      Node.Entry entry = new Node.Entry(name, keyPlace, value(yaml, path, depth + 1));
      Node.Entry first = entries.putIfAbsent(name, entry);
      if (first == null) {
        inOrder.add(entry);
      } else {
        findings.fault(keyPlace, path, "is given twice, first in line " + first.place().line());
      }
    }
    return new Node.Mapping(place, List.copyOf(inOrder));
  }

  private Node sequence(YAMLParser yaml, Place place, String key, int depth) throws Broken {
    List<Node> items = new ArrayList<>();
    while (yaml.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(yaml, key + "[" + items.size() + "]", depth + 1));
    }
    return new Node.Sequence(place, List.copyOf(items));
  }

  private Node scalar(YAMLParser yaml, @Nullable JsonToken token, Place place, String key)
      throws Broken {
    String source = yaml.getString();
    if (token == null || source == null) {
      throw broken(place, key, "expected a value");
    }
    if (token == JsonToken.VALUE_NULL) {
      return new Node.Nothing(place);
    }
    if (Variables.occurIn(source)) {
      String filled = variables.fill(source, place, key, findings);
      return filled == null
          ? new Node.Unfilled(place, source)
          : new Node.Scalar(place, source, filled, Node.Form.ANY);
    }
    Node.Form form =
        token.isNumeric()
            ? Node.Form.NUMBER
            : token.isBoolean() ? Node.Form.BOOLEAN : Node.Form.TEXT;
    return new Node.Scalar(place, source, source, form);
  }

  private void count(int more, Place place, String key) throws Broken {
    nodes += more;
    if (nodes > bounds.nodesMax()) {
      throw broken(place, key, "the file has more than " + bounds.nodesMax() + " values");
    }
  }

  private Broken broken(Place place, String key, String message) {
    findings.fault(place, key, message);
    return new Broken();
  }

  private Place place(YAMLParser yaml) {
    TokenStreamLocation location = yaml.currentTokenLocation();
    return new Place(file, location.getLineNr(), location.getColumnNr());
  }

  /** The parser's own messages quote the text around a fault, which may be a secret. */
  private void syntaxFault(JacksonException notYaml) {
    if (notYaml.getCause() instanceof MarkedYamlEngineException marked) {
      Mark mark = marked.getProblemMark().orElse(null);
      Place place =
          mark == null
              ? Place.wholeFile(file)
              : new Place(file, mark.getLine() + 1, mark.getColumn() + 1);
      findings.fault(place, "", "is not YAML: " + marked.getProblem());
      return;
    }
    TokenStreamLocation location = notYaml.getLocation();
    Place place =
        location == null || location.getLineNr() < 1
            ? Place.wholeFile(file)
            : new Place(file, location.getLineNr(), location.getColumnNr());
    findings.fault(place, "", "is not YAML that can be read here: keys and values must be plain");
  }
}
