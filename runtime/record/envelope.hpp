// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace aisle::record {

/// An event and the source it is for, or a time: `{"source": S, "event": {…}}`, `{"advance": T}`.
struct envelope {
  enum class kind : bool { event, advance };
  envelope::kind kind = kind::event;
  std::string_view source;
  /// The event's own bytes, not looked into.
  std::string_view event;
  std::string_view advance;
};

/// Opens envelopes, one after the other. Not thread-safe.
class envelope_reader {
 public:
  envelope_reader();
  ~envelope_reader();
  envelope_reader(const envelope_reader&) = delete;
  envelope_reader& operator=(const envelope_reader&) = delete;

  /// What the line says, or for a person why it is no envelope. The views live until the next call.
  [[nodiscard]] std::expected<envelope, std::string> read(std::string_view line);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace aisle::record
