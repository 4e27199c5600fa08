// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/vars.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "runtime/base/json.hpp"

namespace aisle::topology {
namespace {

struct var {
  /// None: declared without a value, and nobody set one.
  std::optional<std::string> value;
  bool from_command_line = false;
  const base::yaml_node* declared = nullptr;
};

class substitution {
 public:
  substitution(base::yaml_document& document, unset_vars unset, base::diagnostics& complaints)
      : document_{document}, unset_{unset}, complaints_{complaints} {}

  void declare() {
    const auto* const vars = document_.root.find("vars");
    if (vars == nullptr) {
      return;
    }
    if (vars->shape != base::yaml_node::shape::mapping) {
      complain(document_.at(*vars, "wrong-type", "vars is no mapping"), "members `name: value`");
      return;
    }
    for (const auto& [key, value] : vars->members) {
      declare(key, value);
    }
  }

  void set(const settings& given) {
    std::unordered_set<std::string> seen;
    for (const auto& [name, value] : given) {
      const auto found = vars_.find(name);
      if (!seen.insert(name).second) {
        complain_of_setting(name, "set-twice", "it is set twice", "one value");
      } else if (found == vars_.end()) {
        complain_of_setting(name, "unknown-var",
                            fmt::format("{} has no var \"{}\"", document_.path, name),
                            vars_.empty() ? "no --set: it has no vars" : "one of: " + names(),
                            base::nearest(name, name_list()));
      } else if (!base::is_utf8(value)) {
        complain_of_setting(name, "not-utf8", "its value is not UTF-8 text", "UTF-8");
      } else {
        found->second.value = value;
        found->second.from_command_line = true;
      }
    }
  }

  void apply() {
    for (auto& [key, value] : document_.root.members) {
      if (key.text != "vars") {
        visit(value);
      }
    }
  }

  origins take_origins() { return std::move(origins_); }

 private:
  void declare(const base::yaml_node& key, const base::yaml_node& value) {
    using shape = enum base::yaml_node::shape;
    auto& made = vars_[key.text];
    made.declared = &key;
    if (value.shape == shape::scalar && value.text.find("${") == std::string::npos) {
      made.value = value.text;
    } else if (value.shape == shape::scalar) {
      complain(document_.at(value, "wrong-type", "the value of a var cannot hold ${…} itself"),
               "the text as it should be");
    } else if (value.shape != shape::null) {
      complain(document_.at(value, "wrong-type",
                            fmt::format("the value of var \"{}\" is no single text", key.text)),
               "a text, or nothing when it must be set with --set");
    }
  }

  void visit(base::yaml_node& node) {
    if (node.shape == base::yaml_node::shape::scalar && node.text.find("${") != std::string::npos) {
      put_in(node);
    }
    for (auto& element : node.elements) {
      visit(element);
    }
    for (auto& [key, value] : node.members) {
      visit(value);
    }
  }

  void put_in(base::yaml_node& node) {
    std::string whole;
    const std::string_view text = node.text;
    std::size_t done = 0;
    for (auto begin = text.find("${"); begin != std::string_view::npos;
         begin = text.find("${", done)) {
      const auto end = text.find('}', begin);
      if (end == std::string_view::npos) {
        complain(document_.at(node, begin, text.size(), "open-var", "this ${ is never closed"),
                 "${name}");
        origins_.unset.insert(&node);
        return;
      }
      whole += text.substr(done, begin - done);
      append_value(whole, node, begin, end + 1);
      done = end + 1;
    }
    whole += text.substr(done);
    node.text = std::move(whole);
    // What was put in is as good as written there: a number in quotes only because of its braces is
    // one.
    node.quoted = false;
  }

  void append_value(std::string& to, const base::yaml_node& node, std::size_t begin,
                    std::size_t end) {
    const auto reference = node.text.substr(begin, end - begin);
    const auto name = reference.substr(2, reference.size() - 3);
    const auto found = vars_.find(name);
    if (found == vars_.end()) {
      complain(document_.at(node, begin, end, "unknown-var", fmt::format("no var \"{}\"", name)),
               vars_.empty() ? "a var that `vars:` declares" : "one of: " + names(),
               base::nearest(name, name_list()));
      leave(to, node, reference);
    } else if (!found->second.value) {
      origins_.unset_names.insert(name);
      complain_of_unset(name, found->second);
      leave(to, node, reference);
    } else if (room_ < found->second.value->size()) {
      complain(document_.at(node, "too-large", "the values put in here come to too much text"),
               fmt::format("at most {} bytes in all", substituted_bytes_max));
      leave(to, node, reference);
    } else {
      if (to.empty() && begin == 0 && found->second.from_command_line) {
        origins_.begin_on_command_line.insert(&node);
      }
      room_ -= found->second.value->size();
      to += *found->second.value;
    }
  }

  void leave(std::string& to, const base::yaml_node& node, const std::string& reference) {
    origins_.unset.insert(&node);
    to += reference;
  }

  void complain_of_unset(const std::string& name, var& of) {
    if (unset_ == unset_vars::are_errors && of.declared != nullptr) {
      complain(
          document_.at(*of.declared, "unset-var", fmt::format("var \"{}\" has no value", name)),
          fmt::format("--set {}=VALUE, or a value here", name));
      of.declared = nullptr;  // said once is enough
    }
  }

  void complain_of_setting(const std::string& name, std::string code, std::string message,
                           std::string expected, std::string suggestion = {}) {
    base::diagnostic d;
    d.path = "--set " + name;
    d.code = std::move(code);
    d.message = std::move(message);
    complain(std::move(d), std::move(expected), std::move(suggestion));
  }

  void complain(base::diagnostic d, std::string expected, std::string suggestion = {}) {
    if (complaints_.size() < base::yaml_complaints_max) {
      d.expected = std::move(expected);
      d.suggestion = std::move(suggestion);
      complaints_.push_back(std::move(d));
    }
  }

  [[nodiscard]] std::vector<std::string> name_list() const {
    std::vector<std::string> all;
    all.reserve(vars_.size());
    for (const auto& [name, value] : vars_) {
      all.push_back(name);
    }
    return all;
  }

  [[nodiscard]] std::string names() const {
    return fmt::format("{}", fmt::join(name_list(), ", "));
  }

  base::yaml_document& document_;
  unset_vars unset_;
  base::diagnostics& complaints_;
  std::map<std::string, var> vars_;
  origins origins_;
  std::size_t room_ = substituted_bytes_max;
};

}  // namespace

origins put_in_vars(base::yaml_document& document, const settings& set, unset_vars unset,
                    base::diagnostics& complaints) {
  substitution work{document, unset, complaints};
  work.declare();
  work.set(set);
  work.apply();
  return work.take_origins();
}

}  // namespace aisle::topology
