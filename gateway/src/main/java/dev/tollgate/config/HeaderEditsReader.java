package dev.tollgate.config;

import dev.tollgate.upstream.HeaderEdits;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what a provider's requests have in other headers. Values are never quoted. */
final class HeaderEditsReader {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}");
  private static final Pattern VALUE =
      Pattern.compile("[\\x21-\\x7E](?:[\\x20-\\x7E]*[\\x21-\\x7E])?");

  private HeaderEditsReader() {}

  static HeaderEdits read(Section headers) {
    Set<String> remove = remove(headers);
    return new HeaderEdits(
        remove,
        headers.section("rename", renamed -> rename(renamed, remove)),
        headers.section("add", HeaderEditsReader::add));
  }

  private static Set<String> remove(Section headers) {
    Set<String> names = new LinkedHashSet<>();
    for (Value value : headers.items("remove")) {
      names.add(name(value));
    }
    return names;
  }

  private static Map<String, String> rename(Section section, Set<String> removed) {
    Map<String, String> renamed = new LinkedHashMap<>();
    Set<String> froms = new HashSet<>();
    Set<String> tos = new HashSet<>();
    for (Section.Named named : section.named()) {
      checkName(named, froms);
      if (removed.stream().anyMatch(named.name()::equalsIgnoreCase)) {
        named.fault("is removed before it could be renamed");
      }
      String to = name(named.value());
      if (!tos.add(to.toLowerCase(Locale.ROOT))) {
        named.value().fault("is the new name of two headers");
      }
      renamed.put(named.name(), to);
    }
    return renamed;
  }

  private static Map<String, String> add(Section section) {
    Map<String, String> added = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    for (Section.Named named : section.named()) {
      checkName(named, names);
      added.put(named.name(), value(named.value()));
    }
    return added;
  }

  private static String name(Value value) {
    String name = value.matching(NAME, "the name of a header", "x");
    HeaderEdits.untouchable(name).ifPresent(value::fault);
    return name;
  }

  /**
   * @param before in lower case
   */
  private static void checkName(Section.Named named, Set<String> before) {
    if (!NAME.matcher(named.name()).matches()) {
      named.fault("is not the name of a header");
    }
    if (!before.add(named.name().toLowerCase(Locale.ROOT))) {
      named.fault("is given twice, but for its case");
    }
    HeaderEdits.untouchable(named.name()).ifPresent(named::fault);
  }

  private static String value(Value value) {
    if (value.node() instanceof Node.Scalar scalar && VALUE.matcher(scalar.value()).matches()) {
      return scalar.value();
    }
    value.fault("expected visible ASCII characters, with spaces only between them");
    return "";
  }
}
