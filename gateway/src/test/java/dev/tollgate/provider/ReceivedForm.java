package dev.tollgate.provider;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A form as the provider reads it: in its own way, by cutting the whole at its boundaries. */
public final class ReceivedForm {
  private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)\"?");
  private static final Pattern NAME = Pattern.compile("[ ;]name=\"?([^\";\r]+)\"?");

  private final Map<String, List<byte[]>> contents = new TreeMap<>();

  private ReceivedForm() {}

  static ReceivedForm parse(String contentType, byte[] body) {
    ReceivedForm form = new ReceivedForm();
    Matcher boundary = BOUNDARY.matcher(contentType);
    String delimiter = boundary.find() ? "\r\n--" + boundary.group(1) : "\0";
    String whole = "\r\n" + new String(body, ISO_8859_1);
    for (String part : whole.split(Pattern.quote(delimiter), -1)) {
      int end = part.indexOf("\r\n\r\n");
      Matcher name = NAME.matcher(part.substring(0, Math.max(0, end)));
      if (name.find()) {
        form.contents
            .computeIfAbsent(name.group(1), unused -> new ArrayList<>())
            .add(part.substring(end + 4).getBytes(ISO_8859_1));
      }
    }
    return form;
  }

  /** The first field of that name as text; empty where there is none. */
  public String text(String name) {
    return new String(bytes(name), UTF_8);
  }

  /** The first field, or file, of that name; empty where there is none. */
  public byte[] bytes(String name) {
    List<byte[]> all = contents.getOrDefault(name, List.of());
    return all.isEmpty() ? new byte[0] : all.getFirst();
  }

  /** How many there are of names that begin so. */
  public int count(String prefix) {
    return contents.entrySet().stream()
        .filter(field -> field.getKey().startsWith(prefix))
        .mapToInt(field -> field.getValue().size())
        .sum();
  }
}
