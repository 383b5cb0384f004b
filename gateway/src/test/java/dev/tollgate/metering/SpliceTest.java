package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpliceTest {
  private final ByteBuf body = Unpooled.copiedBuffer("abcdef", UTF_8);

  private static Edit edit(int offset, int removedBytes, String inserted) {
    return new Edit(offset, removedBytes, inserted.getBytes(UTF_8));
  }

  @Test
  void apply_noEdits_isTheBodyItself() {
    assertThat(Splice.apply(body, List.of())).isSameAs(body);
    body.release();
  }

  @Test
  void apply_edits_changesOnlyThoseBytes() {
    ByteBuf spliced =
        Splice.apply(
            body, List.of(edit(6, 0, "!"), edit(0, 0, ">"), edit(2, 2, "XYZ"), edit(5, 1, "")));

    assertThat(spliced.toString(UTF_8)).isEqualTo(">abXYZe!");
    spliced.release();
    assertThat(body.refCnt()).isZero();
  }

  @Test
  void apply_aBodyReadFromItsMiddle_countsOffsetsFromThere() {
    body.skipBytes(2);

    ByteBuf spliced = Splice.apply(body, List.of(edit(1, 1, "-")));

    assertThat(spliced.toString(UTF_8)).isEqualTo("c-ef");
    spliced.release();
  }

  @Test
  void apply_overlappingEdits_releasesTheBodyAndThrows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Splice.apply(body, List.of(edit(1, 3, ""), edit(2, 1, ""))));
    assertThat(body.refCnt()).isZero();
  }

  @Test
  void apply_anEditBeyondTheBody_releasesTheBodyAndThrows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Splice.apply(body, List.of(edit(5, 2, ""))));
    assertThat(body.refCnt()).isZero();
  }
}
