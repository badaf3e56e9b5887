//! Shell scripts that complete a command line, made from clap's description of it.
//!
//! A script knows the sub-commands and the flags of each; anything else is completed as a file name. zsh runs the
//! bash script through its own `bashcompinit`.

use std::fmt::Write;

use clap::Command;

use crate::INSTALLED_NAMES;

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// The Z shell.
    Zsh,
    /// fish.
    Fish,
}

/// A command by its path, such as `millstream group list`, and the words that may follow it.
type Node = (String, Vec<String>);

/// The script for this command.
pub fn completions(command: &Command, shell: Shell) -> String {
    let mut nodes = Vec::new();
    collect(command, command.get_name(), &mut nodes);
    if let Some((_, words)) = nodes.first_mut() {
        words.extend(INSTALLED_NAMES.iter().map(|name| (*name).to_owned()));
        words.sort();
        words.dedup();
    }
    match shell {
        Shell::Bash => bash(command.get_name(), &nodes),
        Shell::Zsh => {
            let name = command.get_name();
            format!("#compdef {name}\nautoload -U +X bashcompinit && bashcompinit\n{}", bash(name, &nodes))
        }
        Shell::Fish => fish(command.get_name(), &nodes),
    }
}

fn collect(command: &Command, path: &str, nodes: &mut Vec<Node>) {
    let visible = || command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let mut words: Vec<String> = visible().map(|sub| sub.get_name().to_owned()).collect();
    let flags = command.get_arguments().filter(|argument| !argument.is_hide_set());
    words.extend(flags.filter_map(|argument| Some(format!("--{}", argument.get_long()?))));
    words.push("--help".to_owned());
    words.sort();
    words.dedup();
    nodes.push((path.to_owned(), words));
    for sub in visible() {
        collect(sub, &format!("{path} {}", sub.get_name()), nodes);
    }
}

fn bash(name: &str, nodes: &[Node]) -> String {
    let paths: Vec<_> = nodes.iter().skip(1).map(|(path, _)| format!("\"{path}\"")).collect();
    let mut script = format!(
        "_{name}() {{
  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" path={name} word
  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do
    case \"$path $word\" in
      {}) path=\"$path $word\" ;;
    esac
  done
  case \"$path\" in\n",
        paths.join("|")
    );
    for (path, words) in nodes {
        // Writing to a String cannot fail.
        let _ = writeln!(
            script,
            "    \"{path}\") COMPREPLY=($(compgen -W \"{}\" -- \"$current\")) ;;",
            words.join(" ")
        );
    }
    let _ = write!(script, "  esac\n}}\ncomplete -o default -F _{name} {name}\n");
    script
}

fn fish(name: &str, nodes: &[Node]) -> String {
    let mut script = format!(
        "function __{name}_at
  set -l words (commandline -opc | string match -v -- '-*')
  test \"$words[1..(math (count (string split ' ' -- $argv[1])))]\" = \"$argv[1]\"
end\n"
    );
    for (path, words) in nodes {
        for word in words {
            let what = match word.strip_prefix("--") {
                Some(flag) => format!("-l {flag}"),
                None => format!("-a {word}"),
            };
            let _ = writeln!(script, "complete -c {name} -n '__{name}_at \"{path}\"' {what}");
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use clap::Arg;
    use expect_test::expect;

    use super::*;

    fn command() -> Command {
        let list = Command::new("list").arg(Arg::new("json").long("json"));
        let group = Command::new("group").subcommand(list);
        Command::new("mill").subcommand(group).subcommand(Command::new("secret").hide(true))
    }

    #[test]
    fn every_visible_command_and_flag_is_known() {
        let script = completions(&command(), Shell::Bash);
        expect![[r#"
            _mill() {
              local current="${COMP_WORDS[COMP_CWORD]}" path=mill word
              for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                case "$path $word" in
                  "mill group"|"mill group list") path="$path $word" ;;
                esac
              done
              case "$path" in
                "mill") COMPREPLY=($(compgen -W "KAFKA" -- "$current")) ;;
                "mill group") COMPREPLY=($(compgen -W "--help list" -- "$current")) ;;
                "mill group list") COMPREPLY=($(compgen -W "--help --json" -- "$current")) ;;
              esac
            }
            complete -o default -F _mill mill
        "#]]
        .assert_eq(&script.replace(&root_words(&script), "KAFKA"));
        assert!(root_words(&script).contains("kafka-topics"), "{script}");
    }

    fn root_words(script: &str) -> String {
        let (_, rest) = script.split_once("compgen -W \"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    #[test]
    fn fish_is_told_by_path() {
        let script = completions(&command(), Shell::Fish);
        assert!(script.contains("complete -c mill -n '__mill_at \"mill group list\"' -l json\n"), "{script}");
        assert!(!script.contains("secret"), "{script}");
    }
}
