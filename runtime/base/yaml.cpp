// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's own tree hides what a careful reader must see (anchors, tags, keys that stand twice),
// so the tree here is built from its events. What its scanner lets pass is looked for before and
// after it.
#include "runtime/base/yaml.hpp"

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "runtime/base/json.hpp"
#include "runtime/base/yaml_syntax.hpp"

namespace aisle::base {
namespace {

/// Finds line and column (from 1, in characters) of bytes of a text.
class places {
 public:
  explicit places(std::string_view text) : text_{text} {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        starts_.push_back(i + 1);
      }
    }
  }

  void set(yaml_node& node, std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto next = std::ranges::upper_bound(starts_, offset);
    const auto start = *std::prev(next);
    const auto before = text_.substr(start, offset - start);
    node.line = static_cast<std::uint32_t>(next - starts_.begin());
    node.column =
        static_cast<std::uint32_t>(1 + std::ranges::count_if(before, [](char c) {
                                     return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                                   }));
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_{0};
};

/// Ends the parsing from inside an event; what is wrong has been said.
struct given_up {};

/// How many parentheses a plain scalar leaves open; negative when it closes more than it opens.
int open_parentheses(const yaml_node& node) {
  if (node.shape != yaml_node::shape::scalar || node.quoted) {
    return 0;
  }
  return static_cast<int>(std::ranges::count(node.text, '(') - std::ranges::count(node.text, ')'));
}

/// True when the quote is closed in what follows it: `\"` and `''` do not close theirs.
bool closes(char quote, std::string_view rest) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const bool escapes = quote == '"' ? rest[i] == '\\' : rest.substr(i).starts_with("''");
    if (escapes) {
      ++i;
    } else if (rest[i] == quote) {
      return true;
    }
  }
  return false;
}

class tree_builder final : public YAML::EventHandler {
 public:
  tree_builder(yaml_document& document, diagnostics& complaints)
      : document_{document}, complaints_{complaints}, places_{document.text} {}

  void complain(const yaml_node& node, std::string code, std::string message,
                std::string expected = {}) {
    if (complaints_.size() >= yaml_complaints_max) {
      throw given_up{};
    }
    complaints_.push_back(document_.at(node, std::move(code), std::move(message)));
    complaints_.back().expected = std::move(expected);
  }

  void complain_at(std::size_t offset, std::string code, std::string message,
                   std::string expected = {}) {
    yaml_node place;
    places_.set(place, offset);
    complain(place, std::move(code), std::move(message), std::move(expected));
  }

  /// The line of the innermost bracket that is still open; 0 when none is.
  [[nodiscard]] std::uint32_t line_of_open_bracket() const {
    const auto found =
        std::find_if(open_.rbegin(), open_.rend(), [](const frame& f) { return f.flow; });
    return found == open_.rend() ? 0 : found->node.line;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      complain(begin(mark, yaml_node::shape::null), "several-documents",
               "a second document begins here", "one document in a file");
      throw given_up{};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = begin(mark, yaml_node::shape::null);
    check_properties(node, mark, "?", anchor);
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    auto node = begin(mark, yaml_node::shape::null);
    complain(node, "alias", "aliases (*name) are not part of this language", "the value itself");
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = begin(mark, yaml_node::shape::scalar);
    node.text = value;
    node.quoted = tag == "!";
    check_properties(node, mark, tag, anchor);
    check_quote_is_closed(node, mark);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, yaml_node::shape::sequence, tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, yaml_node::shape::mapping, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  /// A sequence or mapping that is still open.
  struct frame {
    yaml_node node;
    bool flow = false;
    std::optional<yaml_node> key;
    std::unordered_set<std::string> keys;
  };

  yaml_node begin(const YAML::Mark& mark, enum yaml_node::shape shape) {
    yaml_node node;
    node.shape = shape;
    places_.set(node, offset_of(mark));
    return node;
  }

  static std::size_t offset_of(const YAML::Mark& mark) {
    return static_cast<std::size_t>(std::max(mark.pos, 0));
  }

  [[nodiscard]] char byte_at(std::size_t offset) const {
    return offset < document_.text.size() ? document_.text[offset] : '\0';
  }

  void check_properties(const yaml_node& node, const YAML::Mark& mark, const std::string& tag,
                        YAML::anchor_t anchor) {
    const bool tagged =
        (tag != "?" && tag != "!" && !tag.empty()) || byte_at(offset_of(mark)) == '!';
    if (tagged) {
      complain(node, "tag", "tags (!name) are not part of this language", "the plain value");
    }
    if (anchor != 0) {
      complain(node, "anchor", "anchors (&name) are not part of this language", "the plain value");
    }
  }

  /// yaml-cpp takes the end of the file for a closing quote.
  void check_quote_is_closed(const yaml_node& node, const YAML::Mark& mark) {
    const char quote = byte_at(offset_of(mark));
    const bool in_quotes = node.quoted && (quote == '"' || quote == '\'');
    if (in_quotes && !closes(quote, std::string_view{document_.text}.substr(offset_of(mark) + 1))) {
      complain(node, "open-quote", "this quote is never closed",
               fmt::format("a closing {}", quote));
    }
  }

  void open(const YAML::Mark& mark, enum yaml_node::shape shape, const std::string& tag,
            YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    auto node = begin(mark, shape);
    check_properties(node, mark, tag, anchor);
    if (open_.size() >= yaml_depth_max) {
      complain(node, "too-deep", fmt::format("nested deeper than {} levels", yaml_depth_max));
      throw given_up{};
    }
    open_.push_back({std::move(node), style == YAML::EmitterStyle::Flow, {}, {}});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    if (done.flow) {
      check_commas(done.node);
    }
    add(std::move(done.node));
  }

  void add(yaml_node node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    auto& in = open_.back();
    if (in.node.shape == yaml_node::shape::sequence) {
      in.node.elements.push_back(std::move(node));
    } else if (!in.key) {
      in.key = checked_key(std::move(node));
    } else {
      add_member(in, std::move(node));
    }
  }

  yaml_node checked_key(yaml_node key) {
    if (key.shape != yaml_node::shape::scalar) {
      complain(key, "key-not-text", "a key must be a plain word", "a name in front of the colon");
    } else if (key.text == "<<" && !key.quoted) {
      complain(key, "merge-key", "merge keys (<<) are not part of this language",
               "the members themselves");
    }
    return key;
  }

  void add_member(frame& to, yaml_node value) {
    auto key = std::move(*to.key);
    to.key.reset();
    if (!to.keys.insert(key.text).second) {
      const auto first = std::ranges::find_if(
          to.node.members, [&](const auto& member) { return member.key.text == key.text; });
      complain(
          key, "duplicate-key",
          fmt::format("\"{}\" stands twice; the first is in line {}", key.text, first->key.line));
      return;
    }
    if (value.shape == yaml_node::shape::null) {
      // yaml-cpp puts an absent value where the next thing begins.
      value.line = key.line;
      value.column = key.column;
    }
    to.node.members.push_back({std::move(key), std::move(value)});
  }

  /// `{of: f(a, b)}` is to YAML a member `of: f(a` and a key `b)` without a value.
  void check_commas(const yaml_node& flow) {
    std::vector<const yaml_node*> parts;
    parts.reserve(flow.elements.size() + flow.members.size());
    for (const auto& element : flow.elements) {
      parts.push_back(&element);
    }
    for (const auto& [key, value] : flow.members) {
      const bool bare = value.shape == yaml_node::shape::null;
      parts.push_back(bare ? &key : &value);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto depth = open_parentheses(*parts[i]);
      auto whole = parts[i]->text;
      const auto first = i;
      while (depth > 0 && i + 1 < parts.size()) {
        ++i;
        depth += open_parentheses(*parts[i]);
        whole += ", " + parts[i]->text;
      }
      if (i > first && depth == 0) {
        complain(*parts[first], "comma-in-braces",
                 "YAML splits this expression at its comma, because it stands inside braces",
                 fmt::format("quotes around it, \"{}\", or a line of its own", whole));
      }
    }
  }

  yaml_document& document_;
  diagnostics& complaints_;
  places places_;
  std::vector<frame> open_;
  int documents_ = 0;
};

/// The first byte YAML does not allow: control characters, of which yaml-cpp takes 0x04 for the end
/// of the file.
std::size_t first_control(std::string_view text) {
  const auto found = std::ranges::find_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  });
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

diagnostic about_file(const yaml_document& document, std::string code, std::string message,
                      std::string expected) {
  diagnostic d;
  d.path = document.path;
  d.code = std::move(code);
  d.message = std::move(message);
  d.expected = std::move(expected);
  return d;
}

void parse_into(yaml_document& document, diagnostics& complaints) {
  tree_builder builder{document, complaints};
  try {
    if (const auto bad = first_control(document.text); bad != std::string_view::npos) {
      builder.complain_at(bad, "control-character",
                          fmt::format("a control character (byte 0x{:02x})",
                                      static_cast<unsigned char>(document.text[bad])),
                          "text; in quotes it can be written as \\x..");
      return;
    }
    std::istringstream bytes{document.text};
    YAML::Parser parser{bytes};
    try {
      while (parser.HandleNextDocument(builder)) {
      }
    } catch (const YAML::ParserException& e) {
      const auto offset =
          std::min(static_cast<std::size_t>(std::max(e.mark.pos, 0)), document.text.size());
      auto wrong = explain_syntax(document.text, offset, e.msg, builder.line_of_open_bracket());
      builder.complain_at(wrong.offset, std::move(wrong.code), std::move(wrong.message),
                          std::move(wrong.expected));
    }
  } catch (const given_up&) {
    // Everything worth saying has been said.
  }
}

}  // namespace

std::expected<yaml_document, diagnostics> parse_yaml(std::string text, std::string path) {
  yaml_document document;
  document.path = std::move(path);
  document.root.line = document.root.column = 1;
  if (text.size() > yaml_bytes_max) {
    return std::unexpected{diagnostics{about_file(document, "too-large",
                                                  fmt::format("the file has {} bytes", text.size()),
                                                  fmt::format("at most {}", yaml_bytes_max))}};
  }
  if (!is_utf8(text)) {
    return std::unexpected{
        diagnostics{about_file(document, "not-utf8", "the file is not UTF-8 text", "UTF-8")}};
  }
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) {
    text.erase(0, byte_order_mark.size());
  }
  document.text = std::move(text);

  diagnostics complaints;
  parse_into(document, complaints);
  if (!complaints.empty()) {
    sort_by_place(complaints, document.path);
    return std::unexpected{std::move(complaints)};
  }
  return document;
}

}  // namespace aisle::base
