// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/node/lockstep.hpp"
#include "runtime/record/envelope.hpp"

namespace aisle::node {

/// A lockstep run in lines of text, as `aisle run --lockstep` speaks it:
///
///     in   {"source": "transactions", "event": {…}}     a record of that source
///          {"advance": "2026-01-05T10:00:00Z"}          every watermark stands there now
///     out  {"sink":"windows","record":{…}}              after an advance, every output that is
///     due,
///          {"advanced":"2026-01-05T10:00:00.000Z"}      and where the time stands
///
/// Outputs of one advance are sorted by line. A bad event is a dead letter of its source, with the
/// ordinal among that source's events as offset. A line that is neither (no JSON, an unknown
/// source, a time that is none or goes back) becomes a dead letter of source `stdin`, with the
/// ordinal of the line as offset and reason `protocol`; it comes out with the next answer. An
/// advance that is refused moves nothing, and is answered nonetheless, with the time as it stands
/// (null before the first), so that nobody waits for ever.
class lockstep_protocol {
 public:
  /// Lines longer than this are refused; only their beginning is kept.
  static constexpr std::size_t line_bytes_max = (1 << 20) + 4096;

  /// Both must outlive it.
  lockstep_protocol(const topology::plan& plan, lockstep& run) : plan_{plan}, run_{run} {}

  /// One line without its end. What is to be said to it, whole lines; most often nothing.
  [[nodiscard]] std::string take(std::string_view line);
  /// A line that is longer than line_bytes_max, of which this is the beginning.
  void refuse_long(std::string_view beginning);
  /// The input has ended. The last outputs.
  [[nodiscard]] std::string end();
  /// Asked to stop: what was made so far.
  [[nodiscard]] std::string stop();

  /// Lines that were refused.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  [[nodiscard]] std::string advance(std::string_view line, std::string_view to);
  [[nodiscard]] std::string answer();
  [[nodiscard]] std::string outputs();
  void refuse(std::string_view line, std::string_view field, std::string_view why);

  const topology::plan& plan_;
  lockstep& run_;
  record::envelope_reader envelopes_;
  /// Dead letters of lines, until the next answer.
  std::vector<std::string> letters_;
  std::int64_t lines_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace aisle::node
