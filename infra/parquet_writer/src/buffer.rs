//! The values of a column that are not written yet.

use anyhow::bail;
use parquet::{
    basic::{LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::writer::SerializedColumnWriter,
    schema::types::Type,
};

use crate::value::{ColumnType, Value};

/// The digits of an amount, and how many of them are decimals.
const AMOUNT: (i32, i32) = (18, 2);

/// The field of a column in the schema of its file.
pub(crate) fn field(name: &str, of: ColumnType) -> Result<Type, ParquetError> {
    let (digits, decimals) = AMOUNT;
    let (physical, logical) = match of {
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        ColumnType::Integer => (Physical::INT64, None),
        ColumnType::Float => (Physical::DOUBLE, None),
        ColumnType::Amount => (Physical::INT64, Some(LogicalType::decimal(decimals, digits))),
        ColumnType::Bool => (Physical::BOOLEAN, None),
        ColumnType::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnType::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
    };
    let field = Type::primitive_type_builder(name, physical).with_logical_type(logical);
    let field = field.with_repetition(Repetition::OPTIONAL);
    if of == ColumnType::Amount {
        return field.with_precision(digits).with_scale(decimals).build();
    }
    field.build()
}

/// The values of a column that are not written yet.
pub(crate) enum Buffer {
    Texts(Values<ByteArrayType>),
    Integers(Values<Int64Type>),
    Floats(Values<DoubleType>),
    Amounts(Values<Int64Type>),
    Bools(Values<BoolType>),
    Dates(Values<Int32Type>),
    Times(Values<Int64Type>),
}

impl Buffer {
    pub(crate) fn of(column: ColumnType) -> Self {
        match column {
            ColumnType::Text | ColumnType::Json => Self::Texts(Values::new()),
            ColumnType::Integer => Self::Integers(Values::new()),
            ColumnType::Float => Self::Floats(Values::new()),
            ColumnType::Amount => Self::Amounts(Values::new()),
            ColumnType::Bool => Self::Bools(Values::new()),
            ColumnType::Date => Self::Dates(Values::new()),
            ColumnType::Time => Self::Times(Values::new()),
        }
    }

    /// Adds a value, and says about how many bytes it takes.
    pub(crate) fn push(&mut self, value: Value) -> anyhow::Result<usize> {
        let mut size = size_of::<Value>();
        match (self, value) {
            (Self::Texts(values), Value::Text(text)) => {
                size += text.len();
                values.push(ByteArray::from(text.into_bytes()));
            }
            (Self::Integers(values), Value::Integer(value))
            | (Self::Amounts(values), Value::Amount(value)) => values.push(value),
            (Self::Floats(values), Value::Float(value)) => values.push(value),
            (Self::Bools(values), Value::Bool(value)) => values.push(value),
            (Self::Dates(values), Value::Date(day)) => values.push(day.to_epoch_days()),
            (Self::Times(values), Value::Time(time)) => values.push(time.timestamp_micros()),
            (buffer, Value::Empty) => buffer.push_empty(),
            (_, value) => bail!("{value:?} is not of the type of its column"),
        }
        Ok(size)
    }

    fn push_empty(&mut self) {
        match self {
            Self::Texts(values) => values.push_empty(),
            Self::Integers(values) | Self::Amounts(values) | Self::Times(values) => {
                values.push_empty();
            }
            Self::Floats(values) => values.push_empty(),
            Self::Bools(values) => values.push_empty(),
            Self::Dates(values) => values.push_empty(),
        }
    }

    /// Writes the values, and forgets them.
    pub(crate) fn write(
        &mut self,
        out: &mut SerializedColumnWriter<'_>,
    ) -> Result<(), ParquetError> {
        match self {
            Self::Texts(values) => values.write(out),
            Self::Integers(values) | Self::Amounts(values) | Self::Times(values) => {
                values.write(out)
            }
            Self::Floats(values) => values.write(out),
            Self::Bools(values) => values.write(out),
            Self::Dates(values) => values.write(out),
        }
    }
}

/// Values of one type, and of each row whether it has one.
pub(crate) struct Values<T: DataType> {
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl<T: DataType> Values<T> {
    fn new() -> Self {
        Self { values: vec![], levels: vec![] }
    }

    fn push(&mut self, value: T::T) {
        self.values.push(value);
        self.levels.push(1);
    }

    fn push_empty(&mut self) {
        self.levels.push(0);
    }

    fn write(&mut self, out: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        out.typed::<T>().write_batch(&self.values, Some(&self.levels), None)?;
        self.values.clear();
        self.levels.clear();
        Ok(())
    }
}
