//! Documents of invented people.

/// A CPF whose check digits are right, different for each number.
pub(crate) fn cpf(number: usize) -> String {
    let mut digits: Vec<usize> = format!("{:09}", number + 100_000_000)
        .bytes()
        .map(|b| usize::from(b - b'0'))
        .collect();
    for length in [10, 11] {
        let sum: usize = digits
            .iter()
            .zip((2..=length).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        digits.push(sum * 10 % 11 % 10);
    }
    digits.iter().map(ToString::to_string).collect()
}
