package dev.tollgate.provider;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.tollgate.provider.Answer.Part;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The files of an OpenAI-style provider. Safe for use by any thread. */
public final class FileStore {
  private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)");
  private static final Pattern FILE_NAME = Pattern.compile("filename=\"([^\"]*)\"");

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Stored(ObjectNode document, byte[] content) {}

  private final Map<String, Stored> files = Collections.synchronizedMap(new LinkedHashMap<>());

  /** Whatever is asked of {@code /files} and below. */
  public Answer answer(ReceivedRequest request) {
    String method = request.head().method();
    String id = StoredJson.segment(request, 2);
    if (id.isEmpty()) {
      return method.equals("POST") ? upload(request) : list();
    }
    Stored file = files.get(id);
    if (file == null) {
      return StoredJson.unknown("File object: " + id);
    }
    if (method.equals("DELETE")) {
      files.remove(id);
      return StoredJson.of(
          StoredJson.JSON
              .createObjectNode()
              .put("id", id)
              .put("object", "file")
              .put("deleted", true));
    }
    return StoredJson.segment(request, 3).equals("content")
        ? new Answer(
            200,
            "application/octet-stream",
            false,
            "",
            ServedUsage.NONE,
            List.of(new Part(file.content(), 0, false)))
        : StoredJson.of(file.document());
  }

  private Answer list() {
    synchronized (files) {
      return StoredJson.list(files.values().stream().map(Stored::document).toList());
    }
  }

  private Answer upload(ReceivedRequest request) {
    String form = new String(request.body(), ISO_8859_1);
    Matcher boundary = BOUNDARY.matcher(String.valueOf(request.head().field("content-type")));
    if (!boundary.find()) {
      return Answer.error(400, "{\"error\":{\"message\":\"no form\"}}");
    }
    String content = part(form, boundary.group(1), "file");
    String purpose = part(form, boundary.group(1), "purpose");
    Matcher name = FILE_NAME.matcher(form);
    if (content == null || purpose == null) {
      return Answer.error(400, "{\"error\":{\"message\":\"no file, or no purpose\"}}");
    }
    String fileName = name.find() ? name.group(1) : "upload";
    return StoredJson.of(document(add(fileName, purpose, content.getBytes(ISO_8859_1))));
  }

  private static @Nullable String part(String form, String boundary, String name) {
    for (String part : form.split("--" + Pattern.quote(boundary), -1)) {
      int head = part.indexOf("\r\n\r\n");
      if (head > 0 && part.substring(0, head).contains("name=\"" + name + "\"")) {
        return part.substring(head + 4, part.length() - 2);
      }
    }
    return null;
  }

  /** Keeps one; its id. */
  String add(String name, String purpose, byte[] content) {
    String id = StoredJson.nextId("file-");
    ObjectNode document =
        StoredJson.JSON
            .createObjectNode()
            .put("id", id)
            .put("object", "file")
            .put("bytes", content.length)
            .put("created_at", StoredJson.now())
            .put("filename", name)
            .put("purpose", purpose)
            .put("status", "processed");
    files.put(id, new Stored(document, content));
    return id;
  }

  private ObjectNode document(String id) {
    return Objects.requireNonNull(files.get(id)).document();
  }

  /** Its bytes; null when there is none of that id. */
  public byte @Nullable [] content(String id) {
    Stored file = files.get(id);
    return file == null ? null : file.content();
  }

  /** It is gone, and nobody was told. */
  public void lose(String id) {
    files.remove(id);
  }

  public int count() {
    return files.size();
  }
}
