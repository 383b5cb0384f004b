package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a journal may be torn; nothing before it may be lost in silence. */
class JournalRecoveryTest {
  @TempDir private Path data;
  private JournalDirectory directory;

  @BeforeEach
  void open() {
    directory = JournalDirectory.open(data);
  }

  @org.junit.jupiter.api.AfterEach
  void close() {
    directory.close();
  }

  private static JournalFrame frame(long sequence, long batch) {
    return new JournalFrame(
        sequence,
        batch,
        7,
        new JournalRecord.Settled(JournalForTests.settlement("req_" + sequence)));
  }

  /** Writes a segment and returns where each record begins, and at last where the file ends. */
  private List<Integer> write(JournalFrame... frames) throws IOException {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeBytes(JournalSegment.head(frames[0].sequence()));
    List<Integer> offsets = new ArrayList<>();
    for (JournalFrame frame : frames) {
      offsets.add(bytes.writerIndex());
      JournalCodec.write(bytes, frame);
    }
    offsets.add(bytes.writerIndex());
    Files.write(file(frames[0].sequence()), Arrays.copyOf(bytes.array(), bytes.writerIndex()));
    return offsets;
  }

  private Path file(long first) {
    return JournalSegment.path(directory.path(), first);
  }

  private JournalRecovery recovered() {
    return JournalRecovery.of(directory, false);
  }

  private static List<Long> numbers(JournalRecovery recovery) {
    return recovery.unconfirmed().stream().map(JournalEntry::sequence).toList();
  }

  @Test
  void lastRecord_tornAtAnyByte_isCutOff() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2), frame(3, 3));
    byte[] whole = Files.readAllBytes(file(1));
    for (int length = offsets.get(2); length < whole.length; length++) {
      Files.write(file(1), Arrays.copyOf(whole, length));

      JournalRecovery recovery = recovered();

      assertThat(numbers(recovery)).as("cut to %d bytes", length).containsExactly(1L, 2L);
      assertThat(recovery.nextSequence()).isEqualTo(3);
      assertThat(Files.size(file(1))).isEqualTo(offsets.get(2).longValue());
    }
  }

  @Test
  void lastRecord_withAnyBitFlipped_isCutOff() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2));
    byte[] whole = Files.readAllBytes(file(1));
    for (int at = offsets.get(1); at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << (at % 8));
      Files.write(file(1), damaged);

      assertThat(numbers(recovered())).as("byte %d", at).containsExactly(1L);
    }
  }

  @Test
  void zerosAtTheEnd_asAPowerCutLeavesThem_areCutOff() throws IOException {
    List<Integer> offsets = write(frame(1, 1));
    Files.write(file(1), Arrays.copyOf(Files.readAllBytes(file(1)), 5_000));

    assertThat(numbers(recovered())).containsExactly(1L);
    assertThat(Files.size(file(1))).isEqualTo(offsets.get(1).longValue());
  }

  @Test
  void damage_withinTheLastBatch_isCutOff() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2), frame(3, 2), frame(4, 2));
    damage(offsets.get(1) + 20);

    assertThat(numbers(recovered())).containsExactly(1L);
    assertThat(Files.size(file(1))).isEqualTo(offsets.get(1).longValue());
  }

  @Test
  void damage_beforeTheLastBatch_stopsTheStart_andTouchesNothing() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2), frame(3, 3));
    damage(offsets.get(1) + 20);
    byte[] before = Files.readAllBytes(file(1));

    assertThatThrownBy(this::recovered)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(file(1) + " at byte " + offsets.get(1))
        .hasMessageContaining("limits.journal.skip_corrupt");
    assertThat(Files.readAllBytes(file(1))).isEqualTo(before);
  }

  @Test
  void damage_beforeTheLastBatch_isLeftOutWhenToldTo() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2), frame(3, 3), frame(4, 4));
    damage(offsets.get(1) + 20);

    JournalRecovery recovery = JournalRecovery.of(directory, true);

    assertThat(numbers(recovery)).containsExactly(1L, 3L, 4L);
    assertThat(recovery.nextSequence()).isEqualTo(5);
  }

  @Test
  void damage_atTheEndOfASegmentThatOthersFollow_stopsTheStart() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2));
    write(frame(3, 3));
    damage(offsets.get(1) + 20);

    assertThatThrownBy(this::recovered)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining(file(1) + " at byte " + offsets.get(1));
  }

  @Test
  void aSegmentThatWasGivenUp_isReadAsFarAsItWasSynced() throws IOException {
    List<Integer> offsets = write(frame(1, 1), frame(2, 2), frame(3, 2));
    write(frame(2, 2), frame(3, 2), frame(4, 4));
    damage(offsets.get(2) + 20);

    assertThat(numbers(recovered())).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aMissingSegment_stopsTheStart() throws IOException {
    write(frame(1, 1));
    write(frame(3, 3));

    assertThatThrownBy(this::recovered).hasMessageContaining("the records 2 to 2 before it");
  }

  @Test
  void aNewerRecord_stopsTheStart() throws IOException {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeBytes(JournalSegment.head(1));
    JournalCodec.write(bytes, frame(1, 1));
    int length = bytes.getInt(JournalSegment.HEAD_BYTES);
    int payload = JournalSegment.HEAD_BYTES + JournalCodec.HEAD_BYTES;
    bytes.setByte(payload, 2);
    bytes.setInt(JournalSegment.HEAD_BYTES + 4, JournalCodec.crc32c(bytes, payload, length));
    Files.write(file(1), Arrays.copyOf(bytes.array(), bytes.writerIndex()));

    assertThatThrownBy(this::recovered)
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("a record of version 2, which this version does not know");
  }

  @Test
  void marksAndVoids_takeAwayWhatTheyName() throws IOException {
    write(
        frame(1, 1),
        frame(2, 1),
        frame(3, 1),
        new JournalFrame(4, 1, 7, new JournalRecord.Mark(2)),
        new JournalFrame(5, 1, 7, new JournalRecord.Voided(3)));

    assertThat(numbers(recovered())).containsExactly(2L);
  }

  private void damage(int offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file(1));
    bytes[offset] ^= 0x10;
    Files.write(file(1), bytes);
  }
}
