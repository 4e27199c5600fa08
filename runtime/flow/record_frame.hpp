// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::flow {

// A record for a topic that keeps keys and headers, on its way there: one line, so that lanes and
// outboxes, which know lines, carry it as any other.
//
//   key TAB value (TAB header=value)* LF
//
// In all of them a backslash is written \\, a TAB \t and a LF \n, in a header's name = is written
// \e; a key alone that is \N is none. The bytes are kept in outboxes, and so what can be read today
// is read for ever.

struct record_header {
  /// Not empty.
  std::string_view name;
  std::string_view value;
};

/// Who knows the headers of a record.
class header_source {
 public:
  virtual ~header_source() = default;
  /// Good as long as the record's bytes.
  [[nodiscard]] virtual std::vector<record_header> headers() const = 0;
};

/// The beginning of a frame: key and value. No key: the record has none, which is not an empty one.
void append_frame(std::string& to, std::optional<std::string_view> key, std::string_view value);
/// Appends a header to a frame that `append_frame` began.
void append_header(std::string& to, const record_header& header);

/// One record of a topic, as it is to lie there.
struct framed_record {
  struct header {
    std::string name;
    std::string value;
    friend bool operator==(const header&, const header&) = default;
  };
  std::optional<std::string> key;
  std::string value;
  std::vector<header> headers;
  friend bool operator==(const framed_record&, const framed_record&) = default;
};

/// Reads the first frame of `lines` and takes it off, with its line end. False, with both
/// unspecified, when there is none, or what stands there is no frame; memory of `into` is reused.
[[nodiscard]] bool take_frame(std::string_view& lines, framed_record& into);

}  // namespace aisle::flow
