package dev.tollgate.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the text of a configuration file, within its bound. */
final class YamlFile {
  private YamlFile() {}

  /** The file as a tree; null when it cannot be read as one, which the findings then explain. */
  static @Nullable Node read(
      Path path, ConfigBounds bounds, Variables variables, Findings findings) {
    String text = text(path, bounds, findings);
    return text == null
        ? null
        : new YamlReader(path.toString(), bounds, variables, findings).read(text);
  }

  private static @Nullable String text(Path path, ConfigBounds bounds, Findings findings) {
    Place file = Place.wholeFile(path.toString());
    try (InputStream input = Files.newInputStream(path)) {
      byte[] bytes = input.readNBytes(bounds.fileBytesMax() + 1);
      if (bytes.length > bounds.fileBytesMax()) {
        findings.fault(file, "", "is larger than " + bounds.fileBytesMax() + " bytes");
        return null;
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (NoSuchFileException missing) {
      findings.fault(file, "", "there is no such file");
    } catch (CharacterCodingException notText) {
      findings.fault(file, "", "is not text in UTF-8");
    } catch (IOException unreadable) {
      findings.fault(file, "", "cannot be read: " + unreadable.getClass().getSimpleName());
    }
    return null;
  }
}
