// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.hpp"

namespace aisle::base {

struct yaml_member;

/// A YAML value as it was written. Scalars stay text: `00123` is five characters until somebody
/// asks for a number. Keys keep their order and their places.
struct yaml_node {
  enum class shape : std::uint8_t { null, scalar, sequence, mapping };

  yaml_node::shape shape = shape::null;
  /// The scalar's text.
  std::string text;
  /// Written in quotes or as a block: never null, never a number by accident.
  bool quoted = false;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// Elements of a sequence.
  std::vector<yaml_node> elements;
  /// Members of a mapping; keys are scalars, each once.
  std::vector<yaml_member> members;

  [[nodiscard]] const yaml_node* find(std::string_view key) const;
};

/// `key: value`
struct yaml_member {
  yaml_node key;
  yaml_node value;
};

/// A file that was read, so that a complaint about one of its nodes can show the line.
struct yaml_document {
  std::string path;
  std::string text;
  yaml_node root;

  /// A diagnostic that points at the node.
  [[nodiscard]] diagnostic at(const yaml_node& node, std::string code, std::string message) const;
  /// A diagnostic that points at bytes [begin, end) of a scalar's text, or at the whole scalar
  /// where it is not written in the file as it reads (escapes, blocks, several lines).
  [[nodiscard]] diagnostic at(const yaml_node& node, std::size_t begin, std::size_t end,
                              std::string code, std::string message) const;
};

/// Bounds on a file; beyond them it is refused.
inline constexpr std::size_t yaml_bytes_max = 1 << 20;
inline constexpr std::size_t yaml_depth_max = 64;
/// More complaints about one file help nobody.
inline constexpr std::size_t yaml_complaints_max = 100;

/// Parses one document. Duplicate keys, anchors, aliases, tags, merge keys, invalid UTF-8, control
/// characters, open quotes, keys that are not scalars, several documents and files beyond the
/// bounds are errors, all of them reported at once as far as the syntax can be followed. So are the
/// two mistakes people make inside { } and [ ]: a comma of an expression, and `${…}`, without
/// quotes. `path` is only for messages.
[[nodiscard]] std::expected<yaml_document, diagnostics> parse_yaml(std::string text,
                                                                   std::string path);

/// Reads the members of a mapping by name and complains of what it does not expect: every member
/// must be asked for once; `finish` reports the others as unknown keys, with what was probably
/// meant.
class yaml_reader {
 public:
  /// Complains at once (and then answers nothing) when `node` is not a mapping. `where` names the
  /// thing in messages: `source "clicks"`. All references must outlive the reader.
  yaml_reader(const yaml_document& document, const yaml_node& node, std::string where,
              diagnostics& complaints);

  /// The member, or null; complains when it is required and not there.
  const yaml_node* take(std::string_view key, bool required = false);
  /// A scalar's text.
  std::optional<std::string> text(std::string_view key, bool required = false);
  /// Complains, and answers nothing, when the number is outside [least, most].
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view key, double least, double most);
  /// Only `true` and `false`.
  std::optional<bool> boolean(std::string_view key);
  /// `5m`, `1h30m`; see parse_duration.
  std::optional<std::chrono::milliseconds> duration(std::string_view key);
  /// Complains, at its key, of a member that is known but not taken: `reason` says why.
  void refuse(std::string_view key, std::string reason);
  /// Complains of every member nobody took or refused.
  void finish();

  void complain(const yaml_node& node, std::string code, std::string message,
                std::string expected = {}, std::string suggestion = {});

 private:
  const yaml_node* take_scalar(std::string_view key, std::string_view expected, bool required);

  const yaml_document& document_;
  const yaml_node& node_;
  std::string where_;
  diagnostics& complaints_;
  std::vector<std::string> asked_;
  std::vector<std::string> refused_;
};

/// Strict scalars: no octal, no `yes`, no `1_000`; nothing when the text is not one.
[[nodiscard]] std::optional<std::int64_t> strict_integer(std::string_view text);
[[nodiscard]] std::optional<double> strict_number(std::string_view text);

}  // namespace aisle::base
